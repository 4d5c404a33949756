# SPDX-License-Identifier: Apache-2.0
# everturn_built_in_page(TARGET): the files of web/dist become part of the target, each compressed,
# behind built_in_page() of src/server/assets.h.
function(everturn_built_in_page target)
  set(folder ${PROJECT_SOURCE_DIR}/web/dist)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.html ${folder}/assets/*)
  set(out ${PROJECT_BINARY_DIR}/page)
  file(MAKE_DIRECTORY ${out})
  set(symbols "")
  set(adds "")
  set(packed "")
  set(number 0)
  foreach(file ${files})
    set(gz ${out}/${number}.gz)
    add_custom_command(OUTPUT ${gz} COMMAND gzip -9nc ${folder}/${file} > ${gz}
                       DEPENDS ${folder}/${file} VERBATIM)
    list(APPEND packed ${gz})
    string(APPEND symbols "asm(\".pushsection .rodata\\n\"
    \"everturn_page_${number}: .incbin \\\"${gz}\\\"\\n\"
    \"everturn_page_${number}_end: .byte 0\\n.popsection\\n\");
extern \"C\" const char everturn_page_${number}[];
extern \"C\" const char everturn_page_${number}_end[];\n")
    string(APPEND adds "  assets.add(\"${file}.gz\",
             {everturn_page_${number}, everturn_page_${number}_end});\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${out}/built_in_page.cc @ONLY CONTENT "// Made by cmake/built_in_page.cmake.
#include \"server/assets.h\"

@symbols@
namespace everturn::server {
Assets built_in_page() {
  Assets assets;
@adds@  return assets;
}
}  // namespace everturn::server
")
  set_source_files_properties(${out}/built_in_page.cc PROPERTIES OBJECT_DEPENDS "${packed}")
  target_sources(${target} PRIVATE ${out}/built_in_page.cc)
endfunction()
