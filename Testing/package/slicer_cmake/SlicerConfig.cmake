# A stand-in for the CMake package of 3D Slicer, with the documented behaviour of what a scripted extension uses:
# find_package(Slicer), Slicer_USE_FILE, slicerMacroBuildScriptedModule, slicer_add_python_unittest,
# Slicer_EXTENSION_GENERATE_CONFIG and Slicer_EXTENSION_CPACK. It builds no Slicer and starts none.
set(Slicer_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")
set(Slicer_USE_FILE "${Slicer_CMAKE_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${Slicer_CMAKE_DIR}/GenerateConfig.cmake")
set(Slicer_EXTENSION_CPACK "${Slicer_CMAKE_DIR}/ExtensionCPack.cmake")

set(Slicer_VERSION "5.12")
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer-${Slicer_VERSION}/qt-scripted-modules")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
set(Slicer_INSTALL_SHARE_DIR "share/Slicer-${Slicer_VERSION}")

find_package(Python3 REQUIRED COMPONENTS Interpreter)
