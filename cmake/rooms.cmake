# SPDX-License-Identifier: Apache-2.0
# everturn_room(NAME LINKS libraries... [EXCEPT patterns...]) makes the library everturn_NAME of all
# sources in src/NAME and its folders but the tests, which lie beside them, and the file names that
# match a pattern (a regular expression).
function(everturn_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  foreach(pattern ${ROOM_EXCEPT})
    list(FILTER sources EXCLUDE REGEX "/src/${name}/${pattern}$")
  endforeach()
  set(scope PUBLIC)
  if(sources)
    add_library(everturn_${name} STATIC ${sources})
  else()
    add_library(everturn_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(everturn_${name} ${scope} include src)
  target_link_libraries(everturn_${name} ${scope} ${ROOM_LINKS})
endfunction()
