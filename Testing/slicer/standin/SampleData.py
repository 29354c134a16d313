"""Stand-in for the Sample Data module: what a module's registration goes through, and what a click on it does."""

import urllib.parse
import urllib.request

import slicer


class SampleDataSource:
    """One entry. Slicer counts the files of each entry, so each field of a file has as many items as `uris`."""

    def __init__(
        self,
        sampleName=None,
        sampleDescription=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        checksums=None,
        loadFiles=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFileProperties=None,
        loadFileType=None,
    ):
        self.sampleName = sampleName
        self.thumbnailFileName = thumbnailFileName
        self.customDownloader = customDownloader
        self.loadFileProperties = loadFileProperties or {}
        fields = {"fileNames": fileNames, "nodeNames": nodeNames, "checksums": checksums, "loadFiles": loadFiles}
        for name, value in {**fields, "loadFileTypes": loadFileTypes}.items():
            setattr(self, name, self._by_file(value, uris, required=name == "fileNames"))
        self.uris = [uris] if isinstance(uris, str) else uris
        counts = {len(value) for value in (self.uris, *(getattr(self, name) for name in fields), self.loadFileTypes)}
        if len(counts) > 1:
            raise ValueError("All fields of a sample data source must have the same length")

    @staticmethod
    def _by_file(value, uris, required):
        if isinstance(uris, str):
            return [value]
        return [None] * len(uris) if value is None and uris is not None and not required else value


class SampleDataLogic:
    @staticmethod
    def registerCustomSampleDataSource(
        category="Custom",
        sampleName=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFiles=None,
        loadFileProperties=None,
        checksums=None,
        loadFileType=None,
    ):
        source = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes,
            loadFiles=loadFiles,
            loadFileProperties=loadFileProperties,
            checksums=checksums,
            loadFileType=loadFileType,
        )
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        slicer.modules.sampleDataSources.setdefault(category, []).append(source)

    @staticmethod
    def sampleDataSourcesByCategory(category=None):
        sources = getattr(slicer.modules, "sampleDataSources", {})
        return sources if category is None else sources.get(category, [])


def click(source):
    """What a click on the entry's button does."""
    if source.customDownloader:
        source.customDownloader(source)
        return
    for uri, name in zip(source.uris, source.nodeNames, strict=True):
        slicer.util.loadVolume(urllib.request.url2pathname(urllib.parse.urlparse(uri).path), {"name": name})
