from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class MinifiedStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage with hashed names and compressed copies, which also minifies style sheets.

    A page and its style sheet then fit into the first packets of the response: `python -m bench.page_weight`.
    """

    def _save(self, name, content):
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)
            content = ContentFile(cssmin(content.read().decode()).encode())
        return super()._save(name, content)
