using System;
using System.IO;

namespace Lr2vq.Tool.Output;

/// <summary>Whoever read the output has gone, as in <c>lr2vq plan x.onnx | head</c>.</summary>
internal sealed class OutputClosedException(IOException cause) : Exception("The output was closed", cause);

/// <summary>A console stream whose end is told apart from every other problem of files.</summary>
internal sealed class GuardedStream(Stream inner) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (IOException problem)
        {
            throw new OutputClosedException(problem);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException problem)
        {
            throw new OutputClosedException(problem);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
