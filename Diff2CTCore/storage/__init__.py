"""What lies on a disk: files whole or not at all, private folders, DICOM objects, bundled models and samples."""

from .dicom_writing import code_item, decimal_string, new_dataset, store_grey_pixels, uid_of
from .files import (
    VOLUME_EXTENSIONS,
    check_output_folder,
    check_output_path,
    folder_when_complete,
    hu_to_int16,
    output_errors,
    replaced_when_complete,
    volume_image,
    write_json,
    write_volume,
)
from .meta_image import check_meta_header
from .native_messages import hidden_library_messages
from .png import png_bytes
from .private_folders import private_folder
from .resources import resource_path
from .sample_data import SampleError, sample_file

__all__ = [
    "VOLUME_EXTENSIONS",
    "SampleError",
    "check_meta_header",
    "check_output_folder",
    "check_output_path",
    "code_item",
    "decimal_string",
    "folder_when_complete",
    "hidden_library_messages",
    "hu_to_int16",
    "new_dataset",
    "output_errors",
    "png_bytes",
    "private_folder",
    "replaced_when_complete",
    "resource_path",
    "sample_file",
    "store_grey_pixels",
    "uid_of",
    "volume_image",
    "write_json",
    "write_volume",
]
