"""Change mammoth's document before it becomes HTML: layouts by style, and footnotes where their marks stand."""

from mammoth import documents, transforms

LISTS = {"ul", "ol"}
STYLE_IDS = {"title": "Heading1", "subtitle": "BookClubSubtitle", "quote": "BookClubQuote"}


def prepare_document(layouts: dict[str, str]):
    """Return mammoth's `transform_document`, with the layout of each style id."""

    def transform(document):
        def give_layout(paragraph):
            layout = layouts.get(paragraph.style_id, "")
            if layout[:2] in LISTS:
                level = documents.numbering_level(str(int(layout[2]) - 1), is_ordered=layout.startswith("ol"))
                return paragraph if paragraph.numbering else paragraph.copy(numbering=level)
            style_id = STYLE_IDS.get(layout) or (f"Heading{layout[1]}" if layout else "")
            return paragraph.copy(style_id=style_id, style_name=None) if style_id else paragraph

        def show_notes(run):
            if not any(isinstance(child, documents.NoteReference) for child in run.children):
                return run
            children = [part for child in run.children for part in show_note(child, document.notes)]
            return run.copy(children=children, vertical_alignment=documents.VerticalAlignment.baseline)

        return transforms.run(show_notes)(transforms.paragraph(give_layout)(document))

    return transform


def show_note(child, notes) -> list:
    """Return a note's words in brackets in place of the reference to it."""
    if not isinstance(child, documents.NoteReference):
        return [child]
    paragraphs = [list(list_runs(paragraph)) for paragraph in notes.resolve(child).body]
    parts = []
    for runs in filter(None, paragraphs):
        parts += [documents.text(" "), *runs] if parts else runs
    parts = trim_text(parts)
    return [documents.text(" ("), *parts, documents.text(")")] if parts else []


def list_runs(element):
    """Yield the runs and links of a note, without its own mark and without references to other notes."""
    for child in getattr(element, "children", ()):
        if isinstance(child, documents.Run):
            kept = [part for part in child.children if isinstance(part, (documents.Text, documents.Tab))]
            if kept:
                yield child.copy(children=kept, vertical_alignment=documents.VerticalAlignment.baseline)
        elif isinstance(child, documents.Hyperlink):
            yield child
        else:
            yield from list_runs(child)


def trim_text(parts: list) -> list:
    """Strip spaces at both ends of a note: Word puts one between the note's mark and its words."""
    for place, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while parts and isinstance(parts[place], documents.Run):
            run = parts[place]
            part = run.children[place]
            words = strip(part.value) if isinstance(part, documents.Text) else ""
            if words:
                parts[place] = run.copy(children=replace_at(run.children, place, documents.text(words)))
                break
            rest = [other for other in run.children if other is not part]
            if rest:
                parts[place] = run.copy(children=rest)
            else:
                parts.pop(place)
    return parts


def replace_at(items: list, place: int, item) -> list:
    items = list(items)
    items[place] = item
    return items
