"""What the headers of a series say is believed where it can be read, and each thing that cannot is told by its name."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from ct_files import ramp_image, save_slices, series_datasets, write_series
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import BasicTextSRStorage, DeflatedExplicitVRLittleEndian, EncapsulatedPDFStorage, RLELossless

from Diff2CTCore.__main__ import main
from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError

IMAGE = ramp_image(size=(18, 20, 20), spacing=(4.0, 4.0, 4.5), dtype=np.int16)
NUMBERS = ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept")
NEEDED = (*NUMBERS, "Rows", "Columns", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation")


def hu(path, **choice):
    return sitk.GetArrayFromImage(read_ct(path, **choice).image)


def refusal(path, **choice):
    with pytest.raises(VolumeError) as caught:
        read_ct(path, **choice)
    return str(caught.value)


def write_text(data, keyword, text):
    """Put text into an element that pydicom would not let pass."""
    kind = data[keyword].VR if keyword in data else pydicom.datadict.dictionary_VR(keyword)
    content = text.encode() + b" " * (len(text) % 2)
    data[keyword] = RawDataElement(Tag(keyword), kind, len(content), content, 0, False, True)


@pytest.mark.parametrize("keyword", NEEDED)
@pytest.mark.parametrize("everywhere", [False, True])
def test_what_a_slice_must_say_is_missed_by_its_name(tmp_path, keyword, everywhere):
    slices = series_datasets(IMAGE)
    chosen = slices if everywhere else slices[-1:]
    for data in chosen:
        pixels = data.PixelData
        del data[keyword]
        data["PixelData"].value, data["PixelData"].VR = pixels, "OW"
    save_slices(tmp_path, slices)
    told = refusal(tmp_path)
    assert keyword in told
    assert any(f"{data.SOPInstanceUID[-12:]}.dcm" in told for data in chosen)


@pytest.mark.parametrize("keyword", [*NUMBERS, "AcquisitionNumber", "NumberOfFrames", "GantryDetectorTilt"])
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("text", ["A1", "1\\2\\3\\4", "nan"])
def test_what_cannot_be_read_is_told_and_is_not_taken_as_absent(tmp_path, keyword, text):
    slices = series_datasets(IMAGE)
    write_text(slices[0], keyword, text)
    path = save_slices(tmp_path, slices)[0]
    assert refusal(tmp_path) == (
        f"The {keyword} of {path.name} is there but cannot be read as what it should be; "
        "correct it or export the file again."
    )


def test_decimal_commas_are_read(tmp_path):
    image = ramp_image(size=(18, 20, 20), spacing=(4.5, 3.5, 4.25), dtype=np.int16)
    write_series(tmp_path / "points", image)
    slices = series_datasets(image)
    for data in slices:
        for keyword in NUMBERS:
            text = "\\".join(map(str, np.atleast_1d(data[keyword].value)))
            write_text(data, keyword, text.replace(".", ","))
    save_slices(tmp_path / "commas", slices)
    points, commas = (read_ct(tmp_path / name).image for name in ("points", "commas"))
    assert commas.GetSpacing() == points.GetSpacing() == pytest.approx((4.5, 3.5, 4.25))
    assert commas.GetOrigin() == points.GetOrigin()
    np.testing.assert_array_equal(*map(sitk.GetArrayFromImage, (points, commas)))


def set_all(**values):
    return lambda slices: [setattr(data, key, value) for data in slices for key, value in values.items()]


def set_last(**values):
    return lambda slices: set_all(**values)(slices[-1:])


def no_rescale_in_one(slices):
    del slices[3].RescaleSlope, slices[3].RescaleIntercept


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (set_last(PixelSpacing=[8.0, 8.0]), "The PixelSpacing of the slices in .* differs, 4 x 4 to 8 x 8 mm"),
        (set_last(PixelSpacing=[4.0, 4.1]), "The PixelSpacing of the slices in .* differs"),
        (set_all(PixelSpacing=[4.0, -4.0]), "must be two positive numbers"),
        (set_all(PixelSpacing=[0.0, 4.0]), "must be two positive numbers"),
        (set_all(PixelSpacing=["1e-300", "1e-300"]), "1e-300 x 1e-300 mm, and no CT has such pixels"),
        (set_all(ImagePositionPatient=["0", "0", "1e300"]), "ImagePositionPatient of .* more than 100 m away"),
        (set_all(ImageOrientationPatient=["1e300", "-1e300", "0", "1e300", "1e300", "0"]), "two perpendicular unit"),
        (set_all(ImageOrientationPatient=[1, 0, 0, 1, 0, 0]), "two perpendicular unit vectors"),
        (set_all(ImageOrientationPatient=[0, 0, 0, 0, 0, 0]), "two perpendicular unit vectors"),
        (set_last(ImageOrientationPatient=[0, 1, 0, -1, 0, 0]), "differ in orientation or size"),
        (set_last(FrameOfReferenceUID="1.2.9"), "differ in FrameOfReferenceUID"),
        (set_last(PatientID="another"), "differ in PatientID"),
        (set_last(Modality="MR"), "its Modality is another"),
        (set_last(RescaleSlope=0), "RescaleSlope .* is 0"),
        (set_all(RescaleType="Z_EFF"), "no Hounsfield units"),
        (set_all(ModalityLUTSequence=[Dataset()]), "ModalityLUTSequence"),
        (set_last(SamplesPerPixel=3), "colour"),
        (set_last(Rows=10), "differ in orientation or size"),
        (set_all(Rows=10), "not what its header announces"),
        (set_all(Rows=60000), "too many for a CT slice"),
        (set_all(NumberOfFrames=2), "states 2 frames and describes the places of 0"),
        (no_rescale_in_one, "states no RescaleSlope and RescaleIntercept, but other slices"),
        (set_last(SeriesInstanceUID="1.2.3.9"), "continues the series of the other slices"),
        (set_last(SeriesInstanceUID=""), "does not state SeriesInstanceUID"),
    ],
)
def test_what_contradicts_itself_or_the_other_slices_is_refused(tmp_path, change, sentence):
    slices = series_datasets(IMAGE)
    for data in slices:
        data.PatientID = "one"
    change(slices)
    save_slices(tmp_path, slices)
    with pytest.raises(VolumeError, match=sentence):
        read_ct(tmp_path)


def test_what_tells_nothing_about_place_or_value_may_be_missing(tmp_path):
    slices = series_datasets(IMAGE)
    for data in slices:
        data.AcquisitionNumber = data.SeriesNumber = data.PatientPosition = data.PatientID = None
        data.NumberOfFrames = 0
        del data.SliceThickness
    save_slices(tmp_path, slices)
    write_series(tmp_path.with_name("whole"), IMAGE)
    np.testing.assert_array_equal(hu(tmp_path), hu(tmp_path.with_name("whole")))


def test_a_ct_without_rescale_holds_hu_and_that_is_told_by_the_commands(tmp_path, capsys):
    slices = series_datasets(IMAGE)
    for data, plane in zip(slices, sitk.GetArrayFromImage(IMAGE), strict=True):
        del data.RescaleSlope, data.RescaleIntercept
        data.PixelRepresentation, data.PixelData = 1, plane.astype("<i2").tobytes()
    save_slices(tmp_path / "ct", slices)
    ct = read_ct(tmp_path / "ct")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(ct.image), sitk.GetArrayFromImage(IMAGE))
    assert len(ct.notes) == 1
    assert "no rescale" in ct.notes[0]
    main(["simulate", str(tmp_path / "ct"), "-o", str(tmp_path / "o"), "--centre", "10", "-20", "30", "--spacing", "4"])
    assert ct.notes[0] in capsys.readouterr().err


@pytest.mark.parametrize("place", [0, 9, -1])
@pytest.mark.parametrize("kept", [0, 100, 140, 600, 900])
def test_a_slice_whose_header_was_cut_off_is_never_dropped(tmp_path, place, kept):
    path = write_series(tmp_path, IMAGE)[place]
    path.write_bytes(path.read_bytes()[:kept])
    assert path.name in refusal(tmp_path)


def test_a_slice_that_cannot_be_opened_or_is_no_longer_there_is_told(tmp_path):
    path = write_series(tmp_path, IMAGE)[-1]
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    assert f"{path.name} cannot be opened" in refusal(tmp_path)


def test_slices_without_file_meta_are_read_and_other_files_passed_over(tmp_path):
    paths = write_series(tmp_path / "plain", IMAGE)
    write_series(tmp_path / "bare", IMAGE)
    for path in (tmp_path / "bare").iterdir():
        data = pydicom.dcmread(path)
        pydicom.dcmwrite(path, Dataset(data), implicit_vr=True, little_endian=True)
    for name, content in (("notes.txt", b"x"), ("DICOMDIR", b""), ("._" + paths[0].name, b"x" * 4096), ("a.jpg", b"x")):
        (tmp_path / "bare" / name).write_bytes(content)
    np.testing.assert_array_equal(hu(tmp_path / "bare"), hu(tmp_path / "plain"))


def test_a_page_of_a_report_is_no_slice_and_no_obstacle(tmp_path):
    write_series(tmp_path, IMAGE)
    page = series_datasets(IMAGE, number=501)[0]
    del page.ImagePositionPatient, page.ImageOrientationPatient, page.PixelSpacing
    save_slices(tmp_path, [page])
    assert read_ct(tmp_path).provenance["slices"] == 20


@pytest.mark.parametrize("sop_class", [BasicTextSRStorage, EncapsulatedPDFStorage])
@pytest.mark.parametrize("damaged", [False, True])
def test_a_report_that_cannot_be_read_is_no_obstacle(tmp_path, sop_class, damaged):
    path = write_series(tmp_path, IMAGE)[0]
    report = pydicom.dcmread(path, stop_before_pixels=True)
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = sop_class
    report.Modality, report.file_meta.TransferSyntaxUID = "SR", DeflatedExplicitVRLittleEndian
    report.save_as(tmp_path / "report.dcm")
    if damaged:
        (tmp_path / "report.dcm").write_bytes((tmp_path / "report.dcm").read_bytes()[:500])
    assert read_ct(tmp_path).provenance["slices"] == 20


def test_a_slice_that_is_deflated_is_told(tmp_path):
    path = write_series(tmp_path, IMAGE)[-1]
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data.save_as(path)
    assert refusal(tmp_path) == f"{path.name} is a deflated DICOM file; export it uncompressed."


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("photometric", ["RGB", "PALETTE COLOR"])
def test_coloured_views_of_the_volume_are_no_obstacle_even_with_a_place(tmp_path, photometric, count):
    write_series(tmp_path, IMAGE)
    views = series_datasets(IMAGE, number=501)[:count]
    for data in views:
        data.PhotometricInterpretation = photometric
        if photometric == "RGB":
            data.SamplesPerPixel, data.PlanarConfiguration, data.PixelData = 3, 0, 3 * data.PixelData
    save_slices(tmp_path, views)
    np.testing.assert_array_equal(hu(tmp_path), sitk.GetArrayFromImage(IMAGE))


def test_copies_in_another_transfer_syntax_are_copies(tmp_path):
    for path in write_series(tmp_path, IMAGE):
        data = pydicom.dcmread(path)
        data.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        data.save_as(path.with_name(f"rle{path.name}"))
    np.testing.assert_array_equal(hu(tmp_path), sitk.GetArrayFromImage(IMAGE))


def test_copies_of_slices_are_read_once_and_others_at_the_same_place_refused(tmp_path):
    slices = series_datasets(IMAGE)
    paths = save_slices(tmp_path / "a", slices)
    for path in paths[2:5]:
        (tmp_path / "a" / f"copy of {path.name}").write_bytes(path.read_bytes())
    ct = read_ct(tmp_path / "a")
    assert ct.image.GetSize() == (18, 20, 20)
    assert ct.notes == ("Slices of the CT lie twice in a (3); one of each is read.",)
    slices[4].PixelData = slices[5].PixelData
    slices[4].SOPInstanceUID = slices[4].file_meta.MediaStorageSOPInstanceUID = "1.2.3.12345678901"
    save_slices(tmp_path / "a", slices[4:5])
    assert "several slices at the same place" in refusal(tmp_path / "a")
