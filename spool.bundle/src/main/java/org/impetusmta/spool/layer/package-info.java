/**
 * What lies between the service and its engine: bodies are encoded on their way to the disk ({@code
 * compress_spool}), and mail may be kept back from it ({@code suppress_spool}).
 */
@NullMarked
package org.impetusmta.spool.layer;

import org.jspecify.annotations.NullMarked;
