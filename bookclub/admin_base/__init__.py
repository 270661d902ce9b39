"""The shared parts of the apps' admin packages. Imports no app."""
