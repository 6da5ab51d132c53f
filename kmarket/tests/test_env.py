import stat

import pytest

from kmarket.env import Misconfigured, env_bool, env_int, env_list, env_secret, env_str

SECRET = "a secret of thirty-two bytes, or more"


@pytest.fixture
def setenv(monkeypatch):
    return monkeypatch.setenv


def test_an_empty_variable_is_an_unset_one(setenv):
    setenv("NAME", "  ")

    assert env_str("NAME", "default") == "default"
    assert env_int("NAME", 7) == 7
    assert env_bool("NAME", default=True) is True
    assert env_list("NAME") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1", True), ("On", True), ("YES", True), ("true", True)],
        *[("0", False), ("off", False), ("No", False), ("FALSE", False)],
    ],
)
def test_a_switch_is_said_in_four_ways(setenv, text, value):
    setenv("NAME", text)

    assert env_bool("NAME", default=not value) is value


def test_a_word_that_is_neither_on_nor_off_stops_the_start_with_its_name(setenv):
    setenv("NAME", "maybe")

    with pytest.raises(Misconfigured, match=r"^NAME='maybe' is neither on nor off"):
        env_bool("NAME", default=True)


def test_a_number_that_is_none_stops_the_start_with_its_name(setenv):
    setenv("NAME", "80.5")

    with pytest.raises(Misconfigured, match=r"^NAME='80.5' is not a whole number\.$"):
        env_int("NAME", 1)


@pytest.mark.parametrize(
    ("text", "bounds"), [("0", "between 1 and 9"), ("10", "between 1 and 9"), ("-1", "between")]
)
def test_a_number_outside_its_bounds_stops_the_start(setenv, text, bounds):
    setenv("NAME", text)

    with pytest.raises(Misconfigured, match=rf"^NAME={text} must be {bounds}"):
        env_int("NAME", 5, least=1, most=9)


@pytest.mark.parametrize("text", ["1", "9"])
def test_both_bounds_belong_to_the_range(setenv, text):
    setenv("NAME", text)

    assert env_int("NAME", 5, least=1, most=9) == int(text)


def test_a_list_drops_what_is_empty(setenv):
    setenv("NAME", " a, ,b,")

    assert env_list("NAME") == ["a", "b"]


def test_a_misconfiguration_ends_the_process_with_its_line(setenv):
    setenv("NAME", "x")

    with pytest.raises(SystemExit) as end:
        env_int("NAME", 1)

    # A text as the code of SystemExit: Python prints it and exits with 1.
    assert end.value.code == "NAME='x' is not a whole number."


def test_a_secret_is_read_from_the_variable_before_the_file(setenv, tmp_path):
    (tmp_path / "secret").write_text("another secret of thirty-two bytes and more")
    setenv("NAME", SECRET)
    setenv("NAME_FILE", str(tmp_path / "secret"))

    assert env_secret("NAME", kept_in=None) == SECRET


def test_a_secret_is_read_from_a_file_without_its_line_end(setenv, tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    setenv("NAME_FILE", str(tmp_path / "secret"))

    assert env_secret("NAME", kept_in=None) == SECRET


def test_a_secret_that_nobody_chose_is_made_once_and_kept_for_its_owner_only(tmp_path):
    folder = tmp_path / "not there yet"

    made = env_secret("NAME", kept_in=folder)

    assert len(made) == 64
    assert env_secret("NAME", kept_in=folder) == made
    assert stat.S_IMODE((folder / "name.txt").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["name.txt"]


def test_a_data_folder_that_cannot_be_written_is_told_by_its_own_name(tmp_path):
    (tmp_path / "data").touch()

    with pytest.raises(Misconfigured) as end:
        env_secret("NAME", kept_in=tmp_path / "data")

    assert end.value.code == (
        f"The data folder {tmp_path / 'data'} cannot be used (File exists):"
        " name another one in KMARKET_DATA_DIR."
    )


def test_two_secrets_are_different(tmp_path):
    assert env_secret("ONE", kept_in=tmp_path) != env_secret("OTHER", kept_in=tmp_path)


def test_production_refuses_to_make_up_a_secret():
    with pytest.raises(Misconfigured, match=r"^NAME is not set"):
        env_secret("NAME", kept_in=None)


def test_a_short_secret_is_refused(setenv):
    setenv("NAME", "x" * 31)

    with pytest.raises(Misconfigured, match=r"^NAME is shorter than 32 bytes"):
        env_secret("NAME", kept_in=None)


def test_a_secret_file_that_is_missing_stops_the_start_with_the_name(setenv, tmp_path):
    setenv("NAME_FILE", str(tmp_path / "missing"))

    with pytest.raises(Misconfigured, match=r"^NAME cannot be read: .*missing"):
        env_secret("NAME", kept_in=tmp_path)
