using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace Lr2vq.Artifacts;

/// <summary>A file that appears under its name only when it is whole.</summary>
/// <remarks>Written as <c>NAME.PROCESS.RANDOM.tmp</c> in the same folder, and only if no such file or link is there: nobody can foresee the name and
/// put a link to another file there. What a killed process left is removed by the next writer.</remarks>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _final;
    private bool _kept;

    public TemporaryFile(string path)
    {
        _final = System.IO.Path.GetFullPath(path);
        string folder = System.IO.Path.GetDirectoryName(_final) ?? "";
        if (folder.Length > 0) Directory.CreateDirectory(folder);
        Path = _final + "." + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "." + System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.GetRandomFileName()) + ".tmp";
        RemoveLeftovers(folder, System.IO.Path.GetFileName(_final));
    }

    public string Path { get; }

    public FileStream Create() => new(Path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);

    /// <summary>Creates the file with what is left of a stream.</summary>
    public void CopyFrom(Stream source)
    {
        using FileStream to = Create();
        source.CopyTo(to, 1 << 18);
    }

    /// <summary>Gives the file its name, replacing what was there.</summary>
    public void Keep()
    {
        File.Move(Path, _final, overwrite: true);
        _kept = true;
    }

    public void Dispose()
    {
        if (!_kept) TryDelete(Path);
    }

    private static void RemoveLeftovers(string folder, string name)
    {
        foreach (string file in Directory.EnumerateFiles(folder, name + ".*.tmp"))
        {
            string number = System.IO.Path.GetFileName(file)[(name.Length + 1)..].Split('.')[0];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !IsRunning(process)) TryDelete(file);
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            Process.GetProcessById(process).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
