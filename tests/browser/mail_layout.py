"""Find text that can't be read and links that can't be pressed in a mail, in a browser, at two widths."""

WIDTHS = (320, 640)
SCHEMES = ("light", "dark")
MAX_FAULTS = 8  # that are told of one mail

FIND_FAULTS = """(maxFaults) => {
  const root = document.documentElement
  const faults = []
  const words = (text) => `“${text.trim().replace(/\\s+/g, " ").slice(0, 40)}”`
  const style = (element) => getComputedStyle(element)

  // Cut: beyond the width, or hidden by an element.
  if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth} px`)
  const nodes = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) if (walker.currentNode.data.trim()) nodes.push(walker.currentNode)
  const boxesOf = (node, start, end) => {
    const range = document.createRange()
    range.setStart(node, start)
    range.setEnd(node, end)
    return [...range.getClientRects()].filter((box) => box.width > 0)
  }
  for (const node of nodes) {
    const outside = boxesOf(node, 0, node.length).some((box) => box.left < -1 || box.right > root.clientWidth + 1)
    if (outside) faults.push(`outside: ${words(node.data)}`)
  }
  for (const element of document.body.querySelectorAll("*")) {
    const hides = style(element).overflowX !== "visible" || style(element).overflowY !== "visible"
    const isCut = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1
    if (hides && isCut) faults.push(`cut: ${words(element.innerText)}`)
  }

  // Split: a line ends within a date or a time; it may end after a comma.
  for (const node of nodes.filter((each) => each.parentElement.closest("time, .date"))) {
    for (const piece of node.data.matchAll(/[^,]+/g)) {
      const start = piece.index + piece[0].length - piece[0].trimStart().length
      const lines = new Set(boxesOf(node, start, piece.index + piece[0].trimEnd().length).map((box) => Math.round(box.top)))
      if (lines.size > 1) faults.push(`split: ${words(piece[0])}`)
    }
  }

  // Unreadable: contrast below 4.5 to 1, or smaller than 14 px.
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).slice(0, 3).map((each) => {
      const part = each / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const isOpaque = (colour) => (channels(colour)[3] ?? 1) === 1
  const backgroundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = style(each).backgroundColor
      if (isOpaque(colour)) return colour
    }
    return "rgb(255, 255, 255)"
  }
  for (const node of nodes) {
    const element = node.parentElement
    const [lighter, darker] = [luminance(style(element).color), luminance(backgroundOf(element))].sort((a, b) => b - a)
    const contrast = (lighter + 0.05) / (darker + 0.05)
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${words(node.data)}`)
    if (parseFloat(style(element).fontSize) < 14) faults.push(`small: ${words(node.data)}`)
  }

  // Hard to press: a button lower than 44 px, or a link on a line of its own lower than 24 px (WCAG 2.2, 2.5.5 and 2.5.8).
  const isAlone = (link) => {
    const block = link.closest("p, li, td, h1, h2, h3, h4, h5, h6, div")
    const { top, bottom } = link.getBoundingClientRect()
    return nodes.every((node) => !block.contains(node) || link.contains(node) ||
      boxesOf(node, 0, node.length).every((box) => box.top >= bottom - 2 || box.bottom <= top + 2))
  }
  for (const link of document.querySelectorAll("a[href]")) {
    const { height } = link.getBoundingClientRect()
    const least = link.matches(".button") ? 44 : isAlone(link) ? 24 : 0
    if (height < least) faults.push(`low, ${height.toFixed(0)} px: ${words(link.innerText)}`)
  }
  return [...new Set(faults)].slice(0, maxFaults)
}"""


def open_mail(page, html):
    """Show the mail with images off: whatever it would load is refused, and listed as `page.refused`."""
    page.refused = []
    page.unroute("**/*")
    page.route("**/*", lambda route: (page.refused.append(route.request.url), route.abort()))
    page.set_content(html)


def find_mail_faults(page, html):
    """Return the faults of a mail, as sentences such as “320 px, dark: split: “13 February””."""
    open_mail(page, html)
    faults = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{width} px, {scheme}: {fault}" for fault in page.evaluate(FIND_FAULTS, MAX_FAULTS)]
    return faults + [f"loads {address}" for address in page.refused]
