from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class MinifiedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names and compressed copies, as whitenoise makes them; our style sheets lose comments and white space first.

    So they can be written to be read, and still fit, with the page, into the first packets a browser gets.
    """

    def _save(self, name, content):
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)
            content = ContentFile(cssmin(content.read().decode()).encode())
        return super()._save(name, content)
