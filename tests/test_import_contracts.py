"""`make check` runs the import contracts of pyproject.toml; they must name all modules."""

import tomllib

from bookclub.environment import BASE_DIR

CONTRACTS = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = {name for layer in CONTRACTS[0]["layers"] for name in layer.split(" | ")}


def test_import_contracts_name_every_module_of_the_project():
    paths = [path for path in (BASE_DIR / "bookclub").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))]
    modules = {f"bookclub.{path.stem}" for path in paths} - {"bookclub.__init__"}
    roof = set(CONTRACTS[1]["forbidden_modules"])

    assert {name for name in LAYERS if name.startswith("bookclub.")} | roof == modules
    assert not LAYERS & roof


def test_import_contracts_keep_every_layer_from_the_roof():
    assert set(CONTRACTS[1]["source_modules"]) == LAYERS
