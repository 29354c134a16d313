# Checks the extension's metadata and writes its description, which is installed with it and which the Extensions
# Manager shows.
foreach(file IN ITEMS "${EXTENSION_README_FILE}" "${EXTENSION_LICENSE_FILE}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "The extension has no ${file}")
  endif()
endforeach()

set(description "")
foreach(entry IN ITEMS HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  if("${EXTENSION_${entry}}" STREQUAL "")
    message(FATAL_ERROR "EXTENSION_${entry} is not set")
  endif()
  string(TOLOWER "${entry}" key)
  string(APPEND description "${key} ${EXTENSION_${entry}}\n")
endforeach()
file(WRITE "${CMAKE_BINARY_DIR}/${EXTENSION_NAME}.s4ext" "${description}")
install(FILES "${CMAKE_BINARY_DIR}/${EXTENSION_NAME}.s4ext"
  DESTINATION "${Slicer_INSTALL_SHARE_DIR}" COMPONENT RuntimeLibraries)

set(CPACK_GENERATOR "TGZ")
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_PACKAGE_FILE_NAME "${EXTENSION_NAME}")
include(CPack)
