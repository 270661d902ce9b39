"""Reading a page as a person would."""

from bs4 import BeautifulSoup


def send(client, address, **data):
    """As a browser sends a form of one of our own pages."""
    return client.post(address, data, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(element):
    """The words of an element, with single spaces between."""
    return " ".join(element.get_text().split())


def texts(soup, selector):
    return [text_of(element) for element in soup.select(selector)]


def headings(soup):
    """The page's h2, in order."""
    return texts(soup, "main h2")
