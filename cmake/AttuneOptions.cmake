# What every target is compiled with: warnings are errors, no fast-math, no -march (kernels choose at run time).
add_library(attune_options INTERFACE)
target_compile_options(attune_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror
                                                 -ffp-contract=off)
# Lines and functions for profiles and stack traces, but no variables: full debug information costs a third of the build.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(attune_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(ATTUNE_SANITIZE)
  target_compile_options(attune_options INTERFACE -fsanitize=${ATTUNE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(attune_options INTERFACE -fsanitize=${ATTUNE_SANITIZE})
endif()
