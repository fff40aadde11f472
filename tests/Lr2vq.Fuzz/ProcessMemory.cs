using System;
using System.Globalization;
using System.IO;

namespace Lr2vq.Fuzz;

/// <summary>What Linux says of a process.</summary>
internal static class ProcessMemory
{
    /// <summary>Most resident megabytes since <see cref="ResetPeak"/>; 0 if the process is gone or the system is another one.</summary>
    public static long PeakMegabytes(int process)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) >> 10;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        return 0;
    }

    /// <summary>Lets the peak of this process begin anew.</summary>
    public static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
