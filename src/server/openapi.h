// SPDX-License-Identifier: Apache-2.0
// The description of the routes for machines.
#ifndef EVERTURN_SERVER_OPENAPI_H_
#define EVERTURN_SERVER_OPENAPI_H_

#include <string>

namespace everturn::server {

// OpenAPI 3.1, made of routes(). The same each time.
const std::string& openapi_document();

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_OPENAPI_H_
