# SPDX-License-Identifier: Apache-2.0
# What nearly every source includes is read once, under sanitizers. Not with ccache, which spares
# more and does not go with it; nor in other builds: they tell whether a file includes what it uses.
if(EVERTURN_SANITIZE AND NOT CCACHE)
  add_library(room_headers OBJECT cmake/room_headers.cc)
  target_precompile_headers(room_headers PRIVATE <algorithm> <chrono> <functional> <map> <memory>
    <mutex> <optional> <string> <string_view> <utility> <variant> <vector>)
endif()

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
  if(TARGET room_headers AND sources)
    target_precompile_headers(everturn_${name} REUSE_FROM room_headers)
  endif()
endfunction()
