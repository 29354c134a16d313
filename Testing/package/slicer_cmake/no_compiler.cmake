# The extension has nothing to compile, so its tests need no compiler: CMake takes this one unseen.
foreach(language IN ITEMS C CXX)
  set(CMAKE_${language}_COMPILER "${CMAKE_COMMAND}")
  set(CMAKE_${language}_COMPILER_FORCED TRUE)
  set(CMAKE_${language}_COMPILER_ID_RUN TRUE)
endforeach()
