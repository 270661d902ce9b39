"""Post forms as a browser does, and read the texts of pages."""

from bs4 import BeautifulSoup


def send(client, address, **data):
    """Post a form with the headers that a browser sends from one of our own pages."""
    return client.post(address, data, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})


def soup_of(response):
    """Parse a page. lxml takes a fifth of the time of Python's own parser."""
    return BeautifulSoup(response.content, "lxml")


def read_page(response):
    """Parse a page that must have the status 200."""
    assert response.status_code == 200
    return soup_of(response)


def read_form(page, selector="#content form[id$=_form]"):
    """Return the fields that a browser sends when the form of the admin is saved unchanged."""
    return read_fields(page.select_one(selector))


def read_fields(form):
    """Return the fields that a browser sends with a form that nobody has changed, but for radio buttons and files."""
    data = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            chosen = [option.get("value", "") for option in field.select("option[selected]")]
            data |= {field["name"]: chosen} if field.has_attr("multiple") else {field["name"]: (chosen or [""])[0]}
        elif field.get("type") in {"checkbox", "radio"}:
            data |= {field["name"]: "on"} if field.has_attr("checked") else {}
        elif field.get("type") not in {"submit", "file"}:
            data[field["name"]] = field.get("value", "") if field.name == "input" else field.get_text()
    return {name: value for name, value in data.items() if "__prefix__" not in name}


def press(client, address, label, **typed):
    """Press the button `label` that leads on from the form at `address`, with `typed` in the form, as a browser does."""
    page = read_page(client.get(address))
    [value] = {each["value"] for each in page.select("button[name=_go_to]") if text_of(each) == label}
    return client.post(address, read_form(page) | {"_go_to": value} | typed)


def text_of(element):
    """Return the text of an element with single spaces."""
    return " ".join(element.get_text().split())


def texts(soup, selector):
    return [text_of(element) for element in soup.select(selector)]


def headings(soup):
    """Return the texts of the h2 elements, in order."""
    return texts(soup, "main h2")
