// dotnet run build/provision.cs
// Installs what tests use of Debian, and fetches the test networks into the cache.
using System;
using Lr2vq.Building;

return Shell.Guard(() =>
{
    Console.WriteLine("Provisioning");
    Provisioning.Run();
    return 0;
});
