"""A company's own CSV exports, loaded into the sandbox as CRM records."""

from zoho_sandbox.load.errors import FolderError, LoadError, MappingFileError
from zoho_sandbox.load.folder import LoadProgress, load_folder
from zoho_sandbox.load.mapping import Mapping
from zoho_sandbox.load.mapping_file import read_mapping
from zoho_sandbox.load.problems import Consequence, Problem
from zoho_sandbox.load.questions import Answers, OpenQuestionsError, Question
from zoho_sandbox.load.replay import ClosingDeal, export_replay_plan, replay_plan
from zoho_sandbox.load.report import LoadReport

__all__ = [
    "Answers",
    "ClosingDeal",
    "Consequence",
    "FolderError",
    "LoadError",
    "LoadProgress",
    "LoadReport",
    "Mapping",
    "MappingFileError",
    "OpenQuestionsError",
    "Problem",
    "Question",
    "export_replay_plan",
    "load_folder",
    "read_mapping",
    "replay_plan",
]
