"""Walk through pages as a person does who reads a guide: press links and buttons by their labels, without JavaScript."""

from urllib.parse import urljoin

from tests.pages import read_fields, read_page, text_of


class Walk:
    """The page that `client` has open."""

    def __init__(self, client, address):
        self.client = client
        self.open(address)

    def open(self, address):
        self._load(self.client.get(address, follow=True))

    def press(self, label, **typed):
        """Press the link or the button `label`; `typed` are fields of the button's form, by their names."""
        element = self.find(label)
        if element.name == "a":
            self.open(urljoin(self.address, element["href"]))
            return
        form = self.page.find(id=element["form"]) if element.has_attr("form") else element.find_parent("form")
        button = {element["name"]: element.get("value", "")} if element.has_attr("name") else {}
        data = read_fields(form) | button | typed
        target = urljoin(self.address, element.get("formaction") or form.get("action") or self.address)
        send = self.client.post if form.get("method", "get").lower() == "post" else self.client.get
        self._load(send(target, data, follow=True))

    def find(self, label):
        """Return the first link or button with this label."""
        candidates = self.page.select("a[href], button, input[type=submit]")
        found = [each for each in candidates if read_label(each) == label]
        assert found, f"“{label}” is not among {[read_label(each) for each in candidates]} of {self.address}"
        return found[0]

    @property
    def words(self):
        return text_of(self.page.main or self.page)

    def _load(self, response):
        self.address = response.request["PATH_INFO"]
        if query := response.request["QUERY_STRING"]:
            self.address += f"?{query}"
        self.page = read_page(response)
        for fault in self.page.select(".errorlist li"):
            raise AssertionError(f"{self.address}: {text_of(fault)}")


def read_label(element):
    return element.get("value", "") if element.name == "input" else text_of(element)
