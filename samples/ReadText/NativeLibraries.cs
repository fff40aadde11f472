using System;
using System.IO;
using System.Linq;
using System.Reflection;

namespace ReadText;

/// <summary>Looks for what this program does not need.</summary>
internal static class NativeLibraries
{
    private static readonly string[] s_extensions = [".so", ".dylib", ".dll"];

    /// <summary>Names of the libraries below a folder that are not managed assemblies.</summary>
    public static string[] Beside(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(f => s_extensions.Contains(Path.GetExtension(f).ToLowerInvariant()) && !IsManaged(f))
        .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal).ToArray();

    private static bool IsManaged(string path)
    {
        try
        {
            AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
