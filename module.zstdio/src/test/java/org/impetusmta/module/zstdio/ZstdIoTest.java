package org.impetusmta.module.zstdio;

import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.testkit.io.TransformingIoContract;

class ZstdIoTest extends TransformingIoContract {
  @Override
  protected String scheme() {
    return "zstd";
  }

  @Override
  protected TransformingIo create(IoWrappers wrappers) {
    return new ZstdIo(wrappers);
  }
}
