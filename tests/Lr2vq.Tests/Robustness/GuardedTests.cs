using System;
using System.Diagnostics;
using System.Text;
using Lr2vq.Fuzz;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>Operators in processes whose values lie between guarded pages: an access outside of a value ends the process.</summary>
public sealed unsafe class GuardedTests
{
    public static TheoryData<string> Sides => ["left", "right"];

    /// <summary>The tests of the operators and of loops once more, in two such processes at a time.</summary>
    [Fact]
    public void Operators_stay_inside_their_tensors()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("guarded pages are for Linux");
        StringBuilder[] texts = [new(), new()];
        Process[] processes = [Start("left", texts[0]), Start("right", texts[1])];
        for (int i = 0; i < processes.Length; i++)
        {
            using Process process = processes[i];
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{texts[i]}");
        }

        static Process Start(string side, StringBuilder text)
        {
            string[] classes = ["-class", typeof(Operators.OperatorTests).FullName!, "-class", typeof(Operators.ChainTests).FullName!, "-class", typeof(Cases.LoopStepTests).FullName!];
            ProcessStartInfo start = new("dotnet", [typeof(GuardedTests).Assembly.Location, .. classes, "-noColor", "-noLogo"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            start.Environment[GuardedBlocks.Variable] = side;
            Process process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) => Add(text, line.Data);
            process.ErrorDataReceived += (_, line) => Add(text, line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }

        static void Add(StringBuilder text, string? line)
        {
            lock (text) text.AppendLine(line);
        }
    }

    /// <summary>The watch itself: a byte beside a block cannot be touched, those in it can.</summary>
    [Theory, MemberData(nameof(Sides))]
    public void A_guarded_block_ends_where_it_should(string side)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("guarded pages are for Linux");
        GuardedBlocks blocks = new(atRight: side == "right");
        byte* block = blocks.Allocate(128);
        new Span<byte>(block, 128).Fill(1);
        nint page = Environment.SystemPageSize;
        Assert.Equal(0, (nint)block % 64);
        Assert.Equal(0, ((nint)block + (side == "right" ? 128 : 0)) % page);
        blocks.Free([(nint)block]);
        using CaseWorker worker = new(side);
        CaseResult result = worker.Run("touch", side == "right" ? "128" : "-1", "0");
        Assert.Equal(CaseOutcome.Crashed, result.Outcome);
        Assert.Equal(CaseOutcome.Ran, worker.Run("touch", side == "right" ? "127" : "0", "0").Outcome);
    }
}
