# SPDX-License-Identifier: Apache-2.0
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    -Wimplicit-fallthrough -Wredundant-decls -Wsuggest-override
                    -fno-strict-aliasing)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wreserved-identifier)
endif()
if(EVERTURN_WERROR)
  add_compile_options(-Werror)
endif()
if(EVERTURN_SANITIZE)
  add_compile_options(-fsanitize=${EVERTURN_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${EVERTURN_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # What clang 14 writes before each function for this check (which GCC has not) it cannot write
    # before a coroutine: "Cannot represent a difference across sections".
    add_compile_options(-fno-sanitize=function)
  endif()
endif()
if(EVERTURN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(NOT DEFINED ENV{CCACHE_DISABLE})
  find_program(CCACHE ccache)
endif()
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
