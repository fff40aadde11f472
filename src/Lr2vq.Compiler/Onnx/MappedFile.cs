using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using Lr2vq.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Lr2vq.Onnx;

/// <summary>A file mapped into memory for reading. Reads are thread-safe.</summary>
/// <remarks>The length is compared with the file's before every read: touching a page that a truncation took away would end the process.</remarks>
internal sealed class MappedFile : ByteSource
{
    private readonly FileStream _stream;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        _stream = stream;
        Length = stream.Length;
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    public string Path { get; }

    public override long Length { get; }

    /// <exception cref="IOException">The file cannot be opened; so for other exceptions of <see cref="FileStream"/>.</exception>
    public static MappedFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        try
        {
            return new MappedFile(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override void Read(long offset, byte[] buffer, int count) => Read(offset, buffer.AsSpan(0, count));

    /// <exception cref="DiagnosticException">The file changed its length.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset);
        ObjectDisposedException.ThrowIf(_stream.SafeFileHandle.IsClosed, this);
        long now = RandomAccess.GetLength(_stream.SafeFileHandle);
        if (now != Length)
            throw new DiagnosticException(DiagnosticCatalogue.FileChanged.At(new DiagnosticPlace(Path), Path, Length, now));
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(_view.PointerOffset + offset), destination);
    }

    public override void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
        _stream.Dispose();
    }
}
