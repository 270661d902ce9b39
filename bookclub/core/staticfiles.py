from pathlib import Path

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class MinifiedStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage with hashed names and compressed copies, which also minifies style sheets.

    A page and its style sheet then fit into the first packets of the response: `python -m bench.page_weight`.

    At every moment each file is whole or missing, because a file that a killed process or a full disk has cut would be
    taken for finished by the next `collectstatic`, and no file is missing that was there before.
    """

    replaces_files = False

    def get_available_name(self, name, max_length=None):
        return name

    def delete(self, name):
        if not self.replaces_files:
            super().delete(name)

    def post_process(self, *args, **options):
        self.replaces_files = True
        try:
            yield from super().post_process(*args, **options)
        finally:
            self.replaces_files = False

    def create_compressor(self, **options):
        return ReplacingCompressor(**options)

    def _save(self, name, content):
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)
            content = ContentFile(cssmin(content.read().decode()).encode())
        unfinished = f"{name}.unfinished"
        super().delete(unfinished)
        super()._save(unfinished, content)
        Path(self.path(unfinished)).replace(self.path(name))
        return name


class ReplacingCompressor(Compressor):
    """Whitenoise's compressor, which writes no file in place either."""

    def write_data(self, path, data, suffix, stat_result):
        unfinished = super().write_data(f"{path}.unfinished", data, suffix, stat_result)
        Path(unfinished).replace(path + suffix)
        return path + suffix
