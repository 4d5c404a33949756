# SPDX-License-Identifier: Apache-2.0
# The target check_headers compiles every header alone, and twice in one file, but for those that
# their own source includes before anything else. With EVERTURN_CHECK_HEADERS it is part of `all`.
option(EVERTURN_CHECK_HEADERS "Build check_headers with everything else" OFF)

file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     ${PROJECT_SOURCE_DIR}/include/*.h ${PROJECT_SOURCE_DIR}/src/*.h)
set(checks "")
foreach(header ${headers})
  string(REGEX REPLACE "^(include|src)/" "" name ${header})
  string(REGEX REPLACE "\\.h$" ".cc" source ${PROJECT_SOURCE_DIR}/${header})
  set(first "")
  if(EXISTS ${source})
    file(STRINGS ${source} first LIMIT_COUNT 1 REGEX "^#")
  endif()
  if(first STREQUAL "#include \"${name}\"")
    continue()
  endif()
  set(check ${PROJECT_BINARY_DIR}/check_headers/${header}.cc)
  file(CONFIGURE OUTPUT ${check} CONTENT "#include \"${name}\"\n#include \"${name}\"\n")
  list(APPEND checks ${check})
endforeach()
if(checks)
  add_library(check_headers OBJECT ${checks})
  # Helpers of unit tests include those of other suites.
  target_include_directories(check_headers PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(check_headers PRIVATE everturn_server everturn_simdisk)
  if(TARGET CLI11::CLI11)
    target_link_libraries(check_headers PRIVATE CLI11::CLI11)
  endif()
  if(NOT EVERTURN_CHECK_HEADERS)
    set_target_properties(check_headers PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endif()
