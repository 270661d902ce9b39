// Says, once a book's title is typed, that there is a book of this title already. Without it one is told on saving.
"use strict";

{
  const title = document.getElementById("id_title");
  const own = location.pathname.match(/\/(\d+)\/change\/$/)?.[1] ?? "";
  const address = new URL(own ? "../../same-title/" : "../same-title/", location.href);
  const note = document.createElement("p");
  let asked = 0;

  const link = (book) => {
    const a = document.createElement("a");
    a.href = book.address;
    a.textContent = book.title;
    return a;
  };

  const show = (books) => {
    note.replaceChildren();
    if (!books.length) return;
    note.append("There is a book of this title already: ");
    books.forEach((book, number) => note.append(number ? ", " : "", link(book)));
    note.append(". Save this one only if it is another.");
  };

  const ask = async () => {
    const number = ++asked;
    address.search = new URLSearchParams({ title: title.value, but: own });
    const response = await fetch(address);
    if (response.ok && number === asked) show((await response.json()).books);
  };

  if (title) {
    note.className = "same-title";
    note.setAttribute("role", "status");
    title.closest(".form-row").append(note);
    title.addEventListener("change", ask);
  }
}
