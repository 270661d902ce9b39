"""What does not fit on the open page: the page scrolls sideways, or elements are cut, lie outside of it or overlap."""

MAX_FAULTS = 6  # that are told of one page

FIND_FAULTS = """(maxFaults) => {
  const root = document.documentElement
  const style = (element) => getComputedStyle(element)
  const describe = (element) => {
    const classes = [...element.classList].slice(0, 2).map((each) => `.${each}`).join("")
    const words = (element.innerText || element.value || "").trim().replace(/\\s+/g, " ").slice(0, 30)
    return `${element.localName}${element.id ? `#${element.id}` : ""}${classes} “${words}”`
  }
  const isSeen = (element) => {
    const { width, height } = element.getBoundingClientRect()
    return width > 2 && height > 2 && style(element).clipPath === "none" && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }
  const ancestors = function* (element) {
    for (let each = element; each && each !== root; each = each.parentElement) yield each
  }
  const floating = (element) => {
    for (const each of ancestors(element)) if (["fixed", "sticky"].includes(style(each).position)) return each
    return null
  }
  const faults = []
  if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth} px`)

  const seen = [...document.body.querySelectorAll("*")].filter((each) => !each.closest("svg") && isSeen(each))
  // These scroll or shorten their content by themselves.
  const SHORTENING = "input, textarea, select, option, iframe, pre, .select2-container *, .selector *"
  for (const element of seen) {
    if (element.matches(SHORTENING) || style(element).overflowX === "visible") continue
    if (element.scrollWidth > element.clientWidth + 1 && style(element).display !== "inline") {
      faults.push(`cut: ${describe(element)}`)
    }
  }
  const controls = seen.filter((each) => each.matches("a, button, input, select, textarea, summary, .select2-selection"))
  for (const element of [...controls, ...seen.filter((each) => each.matches("h1, h2, h3, td, th, label, img"))]) {
    const { left, right } = element.getBoundingClientRect()
    if (left < -1 || right > root.clientWidth + 1) faults.push(`outside: ${describe(element)}`)
  }
  const boxes = controls.flatMap((element) => [...element.getClientRects()].map((box) => [element, box]))
  for (const [index, [one, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(index + 1)) {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      if (x < 4 || y < 4 || one.contains(other) || other.contains(one)) continue
      if (floating(one) === floating(other)) faults.push(`overlap: ${describe(one)} and ${describe(other)}`)
    }
  }
  return faults.slice(0, maxFaults)
}"""


def find_layout_faults(page, widths):
    """Return {width: sentences about what does not fit} of the open page, for the widths at which something doesn't."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if faults := page.evaluate(FIND_FAULTS, MAX_FAULTS):
            found[width] = faults
    return found
