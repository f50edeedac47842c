"""Making a checkout ready never touches what belongs to another one."""

import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_an_environment_behind_a_link_is_left_alone(tmp_path: Path) -> None:
    """`python -m venv --clear` follows a link and empties the folder it finds there."""
    borrowed, checkout = tmp_path / "borrowed", tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    borrowed.mkdir()
    (borrowed / "kept").touch()
    (checkout / ".venv").symlink_to(borrowed)
    shutil.copy(CHECKOUT / "scripts" / "bootstrap", checkout / "scripts")
    done = subprocess.run(
        [checkout / "scripts" / "bootstrap", "demo"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert str(borrowed) in done.stderr
    assert (borrowed / "kept").exists()
