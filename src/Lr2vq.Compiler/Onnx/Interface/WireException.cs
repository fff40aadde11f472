using System;

namespace Lr2vq.Onnx;

/// <summary>Thrown by <see cref="WireReader"/>; never leaves the readers, which make a diagnostic of it.</summary>
internal sealed class WireException(long position, string reason, bool tooDeep = false) : Exception(reason)
{
    public long Position { get; } = position;
    public bool TooDeep { get; } = tooDeep;
}
