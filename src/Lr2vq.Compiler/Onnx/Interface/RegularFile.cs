using System.IO;

namespace Lr2vq.Onnx;

/// <summary>What a path names, asked before it is opened: opening a pipe waits until somebody writes to it, whatever signal comes.</summary>
internal static class RegularFile
{
    /// <summary>Bytes of the file, behind links; 0 for a pipe or a device.</summary>
    /// <exception cref="IOException">The file cannot be asked; so for other exceptions of <see cref="FileInfo"/>.</exception>
    public static long Length(string path)
    {
        var file = new FileInfo(path);
#if NET
        return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : file.Length;
#else
        // The .NET that runs the build knows the method; .NET Framework has no such links.
        try
        {
            object? target = typeof(FileInfo).GetMethod("ResolveLinkTarget", new[] { typeof(bool) })?.Invoke(file, new object[] { true });
            return target is FileInfo behind ? behind.Length : file.Length;
        }
        catch (System.Reflection.TargetInvocationException e)
        {
            throw new IOException(e.InnerException?.Message ?? e.Message);
        }
#endif
    }
}
