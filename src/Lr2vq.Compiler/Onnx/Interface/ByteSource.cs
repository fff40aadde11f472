using System;
using System.IO;

namespace Lr2vq.Onnx;

/// <summary>Bytes at rest that are read at any place.</summary>
internal abstract class ByteSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>Reads exactly <paramref name="count"/> bytes; the caller has checked the range against <see cref="Length"/>.</summary>
    /// <exception cref="IOException">The file became shorter, or the device failed.</exception>
    public abstract void Read(long offset, byte[] buffer, int count);

    public abstract void Dispose();
}
