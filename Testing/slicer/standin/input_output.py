"""Stand-in for what loads and saves files."""

import os
from pathlib import Path

import api
import SimpleITK
import slicer
from signals import Connectable


@api.checked
class qSlicerIOManager(Connectable):
    """Reads and writes through the real storage nodes and logics."""

    _PICTURES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp")
    _VOLUME_FORMATS = ("NRRD (.nrrd)", "NIfTI (.nii)", "NIfTI (.nii.gz)", "MetaImage (.mha)")

    def __init__(self, volumes_logic):
        self._volumes_logic = volumes_logic

    def fileType(self, path):
        name = str(path).lower()
        if name.endswith((".mrb", ".mrml")):
            return "SceneFile"
        return "VolumeFile"

    def loadNodes(self, file_type, properties, loaded, messages=None):
        path = properties["fileName"]
        if file_type == "SceneFile":
            return self.loadScene(path)
        if file_type != "VolumeFile" or not os.path.isfile(path):
            return False
        name = properties.get("name", Path(path).name.split(".")[0])
        options = 4 * bool(properties.get("singleFile")) + 8 * bool(properties.get("autoWindowLevel"))
        if path.lower().endswith(self._PICTURES):
            node = self._load_picture(path, name)
        else:
            node = self._volumes_logic.AddArchetypeVolume(path, name, options)
        if node is None:
            return False
        if properties.get("show", True):
            selection = slicer.app.applicationLogic().GetSelectionNode()
            selection.SetActiveVolumeID(node.GetID())
            slicer.app.applicationLogic().PropagateVolumeSelection()
        loaded.AddItem(node)
        return True

    def _load_picture(self, path, name):
        # slicer-core is built without ITK's readers of pictures, which Slicer uses here.
        try:
            array = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path))
        except RuntimeError:
            return None
        kind = "vtkMRMLVectorVolumeNode" if array.ndim == 3 else "vtkMRMLScalarVolumeNode"
        node = slicer.util.addVolumeFromArray(array[None], name=name, nodeClassName=kind)
        node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(path)
        return node

    def loadScene(self, path, clear=True, messages=None):
        if clear:
            slicer.mrmlScene.Clear(0)
        return bool(slicer.mrmlScene.ReadFromMRB(str(path)))

    def fileWriterFileType(self, node, extension=""):
        return "VolumeFile"

    def fileWriterExtensions(self, node):
        return list(self._VOLUME_FORMATS)

    def extractKnownExtension(self, path, node):
        known = sorted((f[f.index("(") + 1 : -1] for f in self._VOLUME_FORMATS), key=len, reverse=True)
        return next((extension for extension in known if str(path).endswith(extension)), "")

    def saveNodes(self, file_type, properties, messages=None, scene=None):
        if file_type == "SceneFile":
            return slicer.mrmlScene.WriteToMRB(properties["fileName"])
        node = slicer.mrmlScene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(properties["fileName"])
        return bool(node.GetStorageNode().WriteData(node))

    def exportNodes(self, ids, paths, properties, harden_transforms=False, messages=None):
        for identifier, path in zip(ids, paths, strict=True):
            node = slicer.mrmlScene.GetNodeByID(identifier)
            storage = node.CreateDefaultStorageNode()
            storage.UnRegister(None)
            storage.SetFileName(path)
            storage.SetUseCompression(int(properties.get("useCompression", 1)))
            if not storage.WriteData(node):
                return False
        return True
