using System.IO;

namespace Lr2vq.Onnx;

/// <summary>A file that is read with seeks; only what is asked for is touched.</summary>
internal sealed class FileSource : ByteSource
{
    private readonly FileStream _file;

    public FileSource(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        Length = _file.Length;
    }

    public override long Length { get; }

    public override void Read(long offset, byte[] buffer, int count)
    {
        if (_file.Position != offset) _file.Position = offset;
        for (int done = 0; done < count;)
        {
            int read = _file.Read(buffer, done, count - done);
            if (read == 0) throw new EndOfStreamException("the file became shorter while it was read");
            done += read;
        }
    }

    public override void Dispose() => _file.Dispose();
}
