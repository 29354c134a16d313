"""What lies on a disk: files whole or not at all, private folders, DICOM objects, the bundled samples."""

from ..bundled import resource_path
from .destinations import VOLUME_EXTENSIONS, check_output_folder, check_output_path, output_errors, same_file
from .dicom_writing import code_item, decimal_string, new_dataset, store_grey_pixels, uid_of
from .files import folder_when_complete, replaced_together, replaced_when_complete, sha256_of_file, write_json
from .native_messages import hidden_library_messages
from .png import png_bytes
from .private_folders import private_folder
from .sample_data import SampleError, sample_file
from .system_names import library_path, system_name
from .volume_formats import volume_parts
from .volumes import hu_to_int16, sha256_of_voxels, volume_image, write_volume

__all__ = [
    "VOLUME_EXTENSIONS",
    "SampleError",
    "check_output_folder",
    "check_output_path",
    "code_item",
    "decimal_string",
    "folder_when_complete",
    "hidden_library_messages",
    "hu_to_int16",
    "library_path",
    "new_dataset",
    "output_errors",
    "png_bytes",
    "private_folder",
    "replaced_together",
    "replaced_when_complete",
    "resource_path",
    "same_file",
    "sample_file",
    "sha256_of_file",
    "sha256_of_voxels",
    "store_grey_pixels",
    "system_name",
    "uid_of",
    "volume_image",
    "volume_parts",
    "write_json",
    "write_volume",
]
