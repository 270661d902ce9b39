// Shows a chosen picture below its field, before it is sent. Drawn on a canvas: images from elsewhere are not allowed.
document.addEventListener("change", async ({ target }) => {
  if (!target.matches('input[type="file"][accept^="image/"]')) return
  target.parentElement.querySelector(".preview")?.remove()
  const file = target.files[0]
  target.setCustomValidity(file?.size > 10 * 1024 * 1024 ? "This picture is larger than 10 MB. Choose a smaller one." : "")
  target.reportValidity()
  if (file) target.parentElement.append(await drawPreview(file))
})

async function drawPreview(file) {
  const box = Object.assign(document.createElement("p"), { className: "preview" })
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: 480, resizeQuality: "medium" })
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height })
    canvas.className = "picture"
    canvas.setAttribute("role", "img")
    canvas.setAttribute("aria-label", "The picture that you have chosen")
    canvas.getContext("2d").drawImage(bitmap, 0, 0)
    box.append(canvas)
  } catch (error) {
    box.textContent = `Your browser can’t show this picture (${error.message}). Send it all the same: we say what is wrong with it.`
  }
  return box
}
