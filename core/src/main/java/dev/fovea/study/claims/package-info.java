/**
 * The studies: one claim of a paper each, with what is compared, what is measured, and the rule for
 * the verdict.
 *
 * <p>Every study is independent of the others; {@link dev.fovea.study.claims.Studies} lists them.
 * Reading order: {@link dev.fovea.study.claims.DegradationStudy} is the shortest. Next: package
 * {@link dev.fovea.interop}.
 */
@NullMarked
package dev.fovea.study.claims;

import org.jspecify.annotations.NullMarked;
