# What an extension gets with include(${Slicer_USE_FILE}).
set(EXTENSION_NAME "${PROJECT_NAME}")
set(EXTENSION_SOURCE_DIR "${PROJECT_SOURCE_DIR}")
set(EXTENSION_README_FILE "${PROJECT_SOURCE_DIR}/README.md")
set(EXTENSION_LICENSE_FILE "${PROJECT_SOURCE_DIR}/LICENSE.txt")

include(CTest)

# Copies SCRIPTS and RESOURCES to the build tree, compiles the scripts there, and installs the folder they were copied
# to: its content, or, WITH_SUBDIR, the folder of that name. A listed file that does not exist ends the configuration.
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(PARSE_ARGV 0 module "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES")
  if(module_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule: unknown arguments ${module_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT module_NAME)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule: NAME is missing")
  endif()

  set(destination "${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
  set(installed "${destination}/")
  if(module_WITH_SUBDIR)
    get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
    string(APPEND destination "/${folder}")
    set(installed "${destination}")
  endif()

  set(copies)
  foreach(file IN LISTS module_SCRIPTS module_RESOURCES)
    set(source "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    if(NOT EXISTS "${source}")
      message(FATAL_ERROR "slicerMacroBuildScriptedModule: ${module_NAME} lists ${file}, which does not exist")
    endif()
    add_custom_command(
      OUTPUT "${destination}/${file}"
      DEPENDS "${source}"
      COMMAND ${CMAKE_COMMAND} -E copy "${source}" "${destination}/${file}"
      VERBATIM
      )
    list(APPEND copies "${destination}/${file}")
  endforeach()

  # One call for all scripts of a module; a script that Python refuses ends the build.
  set(compiled "${CMAKE_CURRENT_BINARY_DIR}/${module_NAME}-compiled")
  add_custom_command(
    OUTPUT "${compiled}"
    DEPENDS ${copies}
    COMMAND Python3::Interpreter -m compileall -q "${destination}"
    COMMAND ${CMAKE_COMMAND} -E touch "${compiled}"
    VERBATIM
    )
  add_custom_target(Compile${module_NAME}PythonFiles ALL DEPENDS "${compiled}")
  install(DIRECTORY "${installed}" DESTINATION "${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}" COMPONENT RuntimeLibraries)

  if(BUILD_TESTING AND module_WITH_GENERIC_TESTS)
    slicer_add_python_unittest(SCRIPT ${module_NAME}.py TESTNAME_PREFIX nomainwindow_)
  endif()
endfunction()

# Registers the self-test of a module. There is no Slicer to run it in, so ctest can list it and nothing more.
function(slicer_add_python_unittest)
  cmake_parse_arguments(PARSE_ARGV 0 test "" "SCRIPT;TESTNAME_PREFIX" "SLICER_ARGS")
  if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${test_SCRIPT}")
    message(FATAL_ERROR "slicer_add_python_unittest: ${test_SCRIPT} does not exist")
  endif()
  get_filename_component(name "${test_SCRIPT}" NAME_WE)
  add_test(NAME py_${test_TESTNAME_PREFIX}${name} COMMAND ${CMAKE_COMMAND} -E false)
endfunction()
