# Lets other extensions find this one in its build tree.
file(WRITE "${CMAKE_BINARY_DIR}/${EXTENSION_NAME}Config.cmake"
  "set(${EXTENSION_NAME}_SOURCE_DIR \"${EXTENSION_SOURCE_DIR}\")\n")
