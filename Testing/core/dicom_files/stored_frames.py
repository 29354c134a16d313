"""What the room of DICOM files makes of a file: its layout, and the stored values of a frame."""

from Diff2CTCore.dicom_files import check_layout, pixel_layout, quiet_pydicom, read_frame, read_header, readable


def stored_values(path, index=0):
    """Stored values of one frame, counted from 0, read through the door of the room."""
    with quiet_pydicom(), readable(path.name), path.open("rb") as stream:
        header = read_header(path.name, stream)
        layout = pixel_layout(path.name, header)
        check_layout(path.name, layout)
        return read_frame(path.name, stream, layout, index)
