using System;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using Lr2vq.Building;
using Xunit;

namespace Lr2vq.Testing.NodeTests;

/// <summary>ONNX's own node tests: folders with a model, inputs and expected outputs. Debian's package libonnx-testdata has those of ONNX 1.12, the
/// data folder those of 1.19.1.</summary>
internal static class NodeData
{
    private const string Debian = "1.12", Shared = "1.19.1";
    private const string DebianFolder = "/usr/share/libonnx-testdata/data/node";
    private const string SharedArchive = "onnx-node-1.19.1/node.tar.xz";

    public static string[] Versions { get; } = [Debian, Shared];

    /// <summary>The folders of one version's cases, sorted. Skips the test where the version is not to be had.</summary>
    public static string[] Cases(string version)
    {
        string folder = version == Debian ? DebianFolder : Unpacked();
        if (!Directory.Exists(folder)) Assert.Skip($"ONNX's node tests {version} are missing (Debian: libonnx-testdata)");
        return [.. Directory.GetDirectories(folder, "test_*").Order(StringComparer.Ordinal)];
    }

    private static string Unpacked()
    {
        string archive = TestData.Data(SharedArchive);
        string folder = ProvisionCache.SubFolder("onnx-node"), target = Path.Combine(folder, $"{Shared}-{new FileInfo(archive).Length:x}");
        if (Directory.Exists(target)) return Path.Combine(target, "node");
        using FileStream _ = ProvisionCache.Lock("onnx-node");
        if (Directory.Exists(target)) return Path.Combine(target, "node");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("onnx-node");
        Unpack(archive, work.Path);
        Directory.Move(work.Path, target);
        return Path.Combine(target, "node");
    }

    private static void Unpack(string archive, string folder)
    {
        ProcessStartInfo start = new("xz", ["-dc", archive]) { RedirectStandardOutput = true, UseShellExecute = false };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("the program xz is missing (Debian: xz-utils)");
            throw;
        }
        using (process)
        {
            TarFile.ExtractToDirectory(process.StandardOutput.BaseStream, folder, overwriteFiles: false);
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidDataException($"xz does not read {archive}");
        }
    }
}
