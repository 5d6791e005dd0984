"""What torchrun and Slurm set is read the standard way; what is not whole is one line."""

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.launch import Launch, join_variables, launched


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"WORLD_SIZE": None}, "RANK=1, MASTER_ADDR=a, MASTER_PORT=1 is set without WORLD_SIZE"),
        ({"RANK": None}, "is set without RANK"),
        ({"MASTER_ADDR": None, "MASTER_PORT": None}, "is set without MASTER_ADDR, MASTER_PORT"),
        ({"RANK": "2"}, "RANK=2 and WORLD_SIZE=2: processes are counted from 0 to WORLD_SIZE - 1"),
        ({"RANK": "one"}, "no whole numbers"),
    ],
)
def test_variables_that_are_not_whole_are_one_line(changes, says):
    variables = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1", **changes}
    with pytest.raises(SettingError, match=f"^[^\n]*{says}[^\n]*$"):
        launched({name: value for name, value in variables.items() if value is not None})


def test_srun_with_several_tasks_is_several_processes():
    step = {"SLURM_STEP_ID": "0", "SLURM_PROCID": "3", "SLURM_NTASKS": "4", "SLURM_LOCALID": "1"}
    assert launched(step) == Launch(3, 4)
    assert launched({**step, "SLURM_NTASKS": "1"}) is None
    assert launched({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}) is None  # the batch script itself
    with pytest.raises(SettingError, match="MASTER_ADDR"):
        join_variables(step)
    with_address = {**step, "MASTER_ADDR": "node1"}
    join_variables(with_address)
    assert with_address.items() >= {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_PORT": "29500"}.items()
