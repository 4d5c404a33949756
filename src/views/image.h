// SPDX-License-Identifier: Apache-2.0
// Images in content blocks, in the words of any of the agents.
#ifndef EVERTURN_VIEWS_IMAGE_H_
#define EVERTURN_VIEWS_IMAGE_H_

#include <string>
#include <string_view>

namespace everturn {

// The URL of an image block (http: or data:), "" if it holds none, or something else than an
// image, such as a document.
std::string image_url(std::string_view raw_block);
// What stands for a block that cannot be sent: "[image]", "[document]".
std::string placeholder(std::string_view raw_block);
// The content blocks of the three interfaces, for an URL that is not empty.
std::string openai_image(std::string_view url);
std::string responses_image(std::string_view url);
std::string anthropic_image(std::string_view url);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_IMAGE_H_
