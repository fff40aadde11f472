using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Microsoft.Win32.SafeHandles;

namespace Lr2vq.Artifacts;

/// <summary>The bytes of an artifact at a fixed address, and whatever keeps them there.</summary>
internal sealed unsafe class ArtifactMemory : IDisposable
{
    private readonly object _keepAlive;
    private readonly IDisposable? _owner;
    private readonly IDisposable? _view;
    private bool _disposed;

    private ArtifactMemory(string name, byte* data, long length, object keepAlive, IDisposable? owner, IDisposable? view = null)
    {
        (Name, Length, _keepAlive, _owner, _view) = (name, length, keepAlive, owner, view);
        Data = data;
    }

    /// <summary>What messages call it: a path, the name of a resource, …</summary>
    public string Name { get; }
    /// <summary>Any alignment.</summary>
    public byte* Data { get; }
    public long Length { get; }

    /// <summary>Bytes that lie in memory anyway (an embedded resource) or are copied (every other stream).</summary>
    public static ArtifactMemory Of(string name, Stream stream, object keepAlive)
    {
        if (stream is not UnmanagedMemoryStream resource) return Copy(name, stream);
        return new ArtifactMemory(name, resource.PositionPointer, resource.Length - resource.Position, (resource, keepAlive), null);
    }

    public static ArtifactMemory Copy(string name, Stream stream)
    {
        if (!stream.CanSeek)
        {
            MemoryStream all = new();
            stream.CopyTo(all);
            all.Position = 0;
            stream = all;
        }
        long length = stream.Length - stream.Position;
        NativeArena arena = new();
        try
        {
            byte* data = arena.Allocate(length);
            for (long done = 0; done < length;)
            {
                int read = stream.Read(new Span<byte>(data + done, (int)Math.Min(length - done, 1 << 20)));
                if (read == 0) throw new EndOfStreamException();
                done += read;
            }
            return new ArtifactMemory(name, data, length, arena, arena);
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    public static ArtifactMemory Copy(string name, ReadOnlySpan<byte> bytes)
    {
        NativeArena arena = new();
        byte* data = arena.Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(data, bytes.Length));
        return new ArtifactMemory(name, data, bytes.Length, arena, arena);
    }

    /// <summary>Bytes that the caller keeps in place.</summary>
    public static ArtifactMemory At(string name, byte* data, long length, object keepAlive) => new(name, data, length, keepAlive, null);

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ArtifactMemory Map(string path)
    {
        // Asked before it is opened: opening a pipe waits until somebody writes to it.
        var info = new FileInfo(path);
        if (info.Exists && (info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info).Length == 0)
            throw new InvalidArtifactException(DiagnosticCatalogue.NotAnArtifact.At(new(File: path), path, "it is empty, or no regular file"));
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        if (file.Length == 0) throw new InvalidArtifactException(DiagnosticCatalogue.NotAnArtifact.At(new(File: path), path, "it is empty"));
        MemoryMappedFile mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            long length = file.Length;
            MemoryMappedViewAccessor view = mapped.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            // Not AcquirePointer: what holds the handle's reference would have to be disposed, and nothing unmaps a model that nobody disposes.
            byte* data = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle();
            return new ArtifactMemory(path, data + view.PointerOffset, length, view, mapped, view);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view?.Dispose();
        _owner?.Dispose();
        GC.KeepAlive(_keepAlive);
    }
}
