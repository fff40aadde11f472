using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Lr2vq.Arm64;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;
using Xunit;

namespace Lr2vq.Tests.Arm64;

/// <summary>A native program for ARM64, whose processor is emulated, computes networks as this process does.</summary>
[Trait("Only", "Native")]
public sealed class NativeTests
{
    /// <summary>Program and arguments, with bars between; what the full test command sets.</summary>
    private const string Variable = "LR2VQ_ARM64_NATIVE";

    [Fact]
    public async Task NetworksHaveTheOutputsOfThisProcess()
    {
        string command = Environment.GetEnvironmentVariable(Variable) ?? "";
        if (command.Length == 0) Assert.Skip("the native program for ARM64 is made by the full test command");
        string folder = Directory.CreateTempSubdirectory("lr2vq-native-").FullName;
        try
        {
            foreach (TheoryDataRow<string, string> row in NetworkWidthTests.Short.Concat(NetworkWidthTests.Long))
            {
                (string file, string preset) = row.Data;
                ModelOptions options = OptionParser.Parse([new("Preset", preset)], null, new DiagnosticBag()) with { Fixed = TestNetworks.FixedOf(file) };
                using ManagedChain chain = new(TestData.Model(file), options, new SessionOptions { Threads = 1 });
                File.WriteAllBytes(Path.Combine(folder, Path.GetFileNameWithoutExtension(file) + ".lr2vq"), chain.Artifact);
            }
            NetworkFolder.Run(folder);
            (string Name, float[] Values)[] expected = [.. Directory.GetFiles(folder, "*.out").Select(path => (path, Floats(path)))];
            foreach ((string path, _) in expected) File.Delete(path);
            string[] words = command.Split('|');
            using Process process = Process.Start(new ProcessStartInfo(words[0], [.. words[1..], folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> problems = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("Arm64, AdvSimd True, Dp True, native", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            Assert.Equal("", await problems);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal(5, expected.Length);
            foreach ((string path, float[] values) in expected)
            {
                double error = Tolerance.ErrorOfLargest(values, Floats(path));
                Assert.True(error <= 1e-4, $"{Path.GetFileName(path)} differs by {error:E1} of the largest");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] Floats(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
}
