"""Reading a page as a person would."""

from bs4 import BeautifulSoup


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
