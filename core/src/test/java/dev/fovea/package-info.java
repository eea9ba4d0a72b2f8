/** What tests of several packages share: values that follow from names, and the table of cases. */
@NullMarked
package dev.fovea;

import org.jspecify.annotations.NullMarked;
